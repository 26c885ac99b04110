# nginx on two ports: the one that Argosy chose, and one that the peers know.
# Usage: sh serve.sh PORT DIRECT FOLDER
sed -e "s|@PORT@|$1|" -e "s|@DIRECT@|$2|" -e "s|@FOLDER@|$3|" nginx.conf > "$3/nginx.conf"
exec nginx -e stderr -c "$3/nginx.conf"
