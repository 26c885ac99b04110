group "default" { targets = ["embed", "web"] }
target "embed" {
  context = "."
  dockerfile = "services/embed/Dockerfile"
  tags = ["registry.example.org/embed:1.4.0"]
}
target "web" {
  context = "services/web"
  tags = ["registry.example.org/web:1.4.0"]
}
