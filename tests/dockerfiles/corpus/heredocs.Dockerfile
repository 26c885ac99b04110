# syntax=docker/dockerfile:1.4
FROM debian:12-slim
RUN <<EOF
set -eux
apt-get update
apt-get install -y --no-install-recommends \
  curl jq
rm -rf /var/lib/apt/lists/*
EOF
COPY <<nginx.conf <<-'mime.types' /etc/nginx/
server { listen 80; }
nginx.conf
	types { }
	mime.types
RUN <<-'SCRIPT' bash -ex
	echo "$HOME"
	cat <<INNER > /etc/motd
	FROM here
	INNER
	SCRIPT
RUN python3 <<PY
import sys
print(sys.version)
PY
RUN cat <<EOF > /a && cat <<EOF > /b
one
EOF
two
EOF
CMD ["nginx"]
