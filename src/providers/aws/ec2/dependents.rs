//! Who still uses something that AWS won't delete.

use aws_sdk_ec2::types::NetworkInterface;

use super::filter;
use super::rule_references::referring_groups;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};

/// A refusal to delete a security group, with who still uses it, as far as AWS tells.
pub async fn explain(aws: &Aws, mut failure: Failure, group_id: &str) -> Failure {
    let interfaces = network_interfaces(aws, "group-id", group_id).await.unwrap_or_default();
    let groups = referring_groups(aws, group_id).await.unwrap_or_default();
    let groups = groups.into_iter().map(|id| format!("rules of security group {id}"));
    let users: Vec<String> = interfaces.into_iter().chain(groups).map(|user| format!("\n  - {user}")).collect();
    if !users.is_empty() {
        failure.message.push_str(&format!("\nStill in use by:{}", users.concat()));
    }
    failure
}

/// The network interfaces that a filter lets through, in words.
///
/// # Errors
/// When AWS refuses.
pub async fn network_interfaces(aws: &Aws, filter_name: &str, id: &str) -> Outcome<Vec<String>> {
    let request = aws.ec2.describe_network_interfaces().filters(filter(filter_name, [id]));
    let send = |token| request.clone().set_next_token(token).send();
    let interfaces =
        aws.pages("ec2:DescribeNetworkInterfaces", send, |page| (page.network_interfaces, page.next_token)).await?;
    Ok(interfaces.iter().map(in_words).collect())
}

/// `network interface eni-1 (ELB app/web/1), attached to i-1`.
fn in_words(interface: &NetworkInterface) -> String {
    let id = interface.network_interface_id.as_deref().unwrap_or_default();
    let what = interface.description.as_deref().filter(|d| !d.is_empty());
    let what = what.map(|d| format!(" ({d})")).unwrap_or_default();
    let instance = interface.attachment.as_ref().and_then(|a| a.instance_id.as_deref());
    let instance = instance.map(|id| format!(", attached to {id}")).unwrap_or_default();
    format!("network interface {id}{what}{instance}")
}
