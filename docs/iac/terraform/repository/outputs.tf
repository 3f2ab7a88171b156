output "arn" {
  description = "The repository's ARN."
  value       = aws_ecr_repository.this.arn
}

output "name" {
  description = "The repository's name."
  value       = aws_ecr_repository.this.name
}

output "url" {
  description = "The address that images are pushed to and pulled from."
  value       = aws_ecr_repository.this.repository_url
}
