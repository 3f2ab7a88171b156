variable "scan_type" {
  description = "BASIC, or ENHANCED, which Amazon Inspector bills for each image. Set what the registry has: turning one into the other is a decision of its own."
  type        = string
  default     = "BASIC"
  nullable    = false

  validation {
    condition     = contains(["BASIC", "ENHANCED"], var.scan_type)
    error_message = "scan_type is BASIC or ENHANCED."
  }
}

variable "continuous_scan_filters" {
  description = "Filters of the repositories that ENHANCED scans continuously. A filter without * matches every name that contains it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.continuous_scan_filters) == 0 || var.scan_type == "ENHANCED"
    error_message = "Only ENHANCED scans continuously: set scan_type to ENHANCED, or leave continuous_scan_filters empty."
  }

  validation {
    condition     = length(var.continuous_scan_filters) <= 100
    error_message = "ECR takes 100 filters in a rule at most."
  }
}

variable "applied_for" {
  description = "What the creation template is for. CREATE_ON_PUSH also lets whoever may push create repositories by pushing: leave it out where that is not wanted."
  type        = set(string)
  default     = ["CREATE_ON_PUSH", "REPLICATION"]
  nullable    = false

  # PULL_THROUGH_CACHE is left out: in a repository with immutable tags ECR cannot refresh the images it has cached.
  # Give the prefixes of your caches a template of their own, with mutable tags.
  validation {
    condition = (
      length(var.applied_for) > 0
      && length(setsubtract(var.applied_for, ["CREATE_ON_PUSH", "REPLICATION"])) == 0
    )
    error_message = "applied_for has CREATE_ON_PUSH, REPLICATION or both; immutable tags would stop a pull-through cache from refreshing."
  }
}

variable "mutable_tags" {
  description = "Filters of the tags that may be overwritten in repositories that ECR creates, such as latest. ecrbot passes those alone that its policy.accepted_exclusions has."
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
