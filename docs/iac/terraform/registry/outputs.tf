output "registry_id" {
  description = "The account whose registry this guards."
  value       = aws_ecr_registry_scanning_configuration.this.registry_id
}

output "scan_type" {
  description = "The registry's scan type."
  value       = aws_ecr_registry_scanning_configuration.this.scan_type
}
