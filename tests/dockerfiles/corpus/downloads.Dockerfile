FROM ubuntu:22.04
RUN curl -fsSL https://example.com/install.sh | bash -s -- --yes
RUN wget -qO- https://example.com/key.asc | gpg --dearmor > /usr/share/keyrings/x.gpg \
 && echo "deb [signed-by=/usr/share/keyrings/x.gpg] https://example.com $(. /etc/os-release && echo "$VERSION_CODENAME") main" \
    | tee /etc/apt/sources.list.d/x.list > /dev/null
