# What guards every repository of one account and region, present and future. See ../README.md.

# WARNING: this resource is the whole list of the registry's scanning rules. What is not in it is removed when it is
# applied, rules of other teams included; and when it is destroyed, no rule is left. Look first at what there is:
#   aws ecr get-registry-scanning-configuration
# The request that ecrbot's /ecr guardrails makes merges its rule into those that are there instead.
resource "aws_ecr_registry_scanning_configuration" "this" {
  scan_type = var.scan_type

  rule {
    scan_frequency = "SCAN_ON_PUSH"

    repository_filter {
      filter      = "*"
      filter_type = "WILDCARD"
    }
  }

  # Where a repository matches both rules, it is scanned continuously.
  dynamic "rule" {
    for_each = length(var.continuous_scan_filters) == 0 ? [] : ["CONTINUOUS_SCAN"]

    content {
      scan_frequency = rule.value

      dynamic "repository_filter" {
        for_each = var.continuous_scan_filters

        content {
          filter      = repository_filter.value
          filter_type = "WILDCARD"
        }
      }
    }
  }
}

# For repositories that ECR creates itself and that no narrower template is for. It does nothing for those that are
# there, nor for CreateRepository: those take ../repository.
resource "aws_ecr_repository_creation_template" "root" {
  prefix               = "ROOT"
  description          = "Immutable tags for every repository that ECR creates itself."
  applied_for          = var.applied_for
  image_tag_mutability = length(var.mutable_tags) == 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION"

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.mutable_tags

    content {
      filter      = image_tag_mutability_exclusion_filter.value
      filter_type = "WILDCARD"
    }
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}
