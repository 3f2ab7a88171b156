variable "name" {
  description = "The repository's name, with its namespaces: team/payments-api."
  type        = string
  nullable    = false
}

variable "mutable_tags" {
  description = "Filters of the tags that may be overwritten, such as latest or dev-*. ecrbot passes those alone that its policy.accepted_exclusions has."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.mutable_tags) <= 5
    error_message = "ECR takes five filters at most."
  }

  validation {
    condition = alltrue([
      for filter in var.mutable_tags :
      can(regex("^[0-9a-zA-Z._*-]{1,128}$", filter)) && length(regexall("[*]", filter)) <= 2
    ])
    error_message = "A filter has up to 128 letters, digits and . _ - and at most two asterisks."
  }

  validation {
    condition     = alltrue([for filter in var.mutable_tags : replace(filter, "*", "") != ""])
    error_message = "A filter of asterisks alone lets every tag be overwritten."
  }
}

variable "kms_key" {
  description = "The ARN of the KMS key that images are encrypted with; null: ECR's own encryption (AES256)."
  type        = string
  default     = null
}

variable "tags" {
  description = "Resource tags of the repository."
  type        = map(string)
  default     = {}
  nullable    = false
}
