FROM --platform=$BUILDPLATFORM golang:1.22 AS build
ARG TARGETOS TARGETARCH
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/server .
FROM --platform=linux/amd64 gcr.io/distroless/static:nonroot
COPY --from=build --chown=nonroot:nonroot --chmod=0755 /out/server /server
USER nonroot
ENTRYPOINT ["/server"]
