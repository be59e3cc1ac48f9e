# The provider's defaults within a block don't undo that it is ignored.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "a"
  secret_key                  = "b"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

resource "aws_rds_cluster" "main" {
  cluster_identifier    = "main"
  engine                = "aurora-postgresql"
  skip_final_snapshot   = true
  copy_tags_to_snapshot = true

  lifecycle { ignore_changes = [scaling_configuration] }
}
