# A repository that passes both rules of the control. See ../README.md.

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = length(var.mutable_tags) == 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION"

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.mutable_tags

    content {
      filter      = image_tag_mutability_exclusion_filter.value
      filter_type = "WILDCARD"
    }
  }

  # What decides where the registry is BASIC and has no rules. Elsewhere the registry's rules do: see ../registry.
  image_scanning_configuration {
    scan_on_push = true
  }

  # A repository's encryption cannot be changed later: another value makes Terraform replace the repository.
  encryption_configuration {
    encryption_type = var.kms_key == null ? "AES256" : "KMS"
    kms_key         = var.kms_key
  }

  tags = var.tags
}
