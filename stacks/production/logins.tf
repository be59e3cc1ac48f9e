# Who logs in to which database, with short-lived tokens and as a user of its own. The roles are the rack's; what is added here
# waits for the databases, which the rack does not.

locals {
  logins = {
    api       = { namespace = "platform", databases = ["platform", "chain"] }
    consumers = { namespace = "platform", databases = ["platform", "chain"] }
    chains    = { namespace = "chains", databases = ["chain"] }
  }
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "login" {
  for_each = local.logins

  statement {
    actions = ["rds-db:connect"]
    resources = [
      for name in each.value.databases :
      "arn:aws:rds-db:${var.region}:${data.aws_caller_identity.current.account_id}:dbuser:${data.terraform_remote_state.data.outputs.databases[name].resource_id}/${each.key}"
    ]
  }
}

resource "aws_iam_role_policy" "login" {
  for_each = local.logins

  name   = "login"
  role   = module.rack.service_account_role_names[each.key]
  policy = data.aws_iam_policy_document.login[each.key].json
}
