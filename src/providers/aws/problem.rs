//! What went wrong, for people.

use serde::Deserialize;

use super::connection::Aws;
use super::failure::Failure;
use super::trouble::Troubles;
use crate::syntax::Diagnostic;

/// What stands before AWS's reason for a refusal, which only those can read who are allowed to.
const ENCODED: &str = "Encoded authorization failure message: ";

/// A failure as it is shown, with AWS's reason as far as that can be had. That nobody gets in any more is said once of an
/// account.
pub async fn of(aws: &Aws, what: &str, failure: &Failure) -> Diagnostic {
    if failure.is_locked_out {
        let summary = match failure.is_expired() {
            true => "AWS credentials have expired",
            false => "AWS does not accept the credentials",
        };
        let shown = shown(what, failure);
        return Diagnostic { summary: summary.into(), ..shown }.because_of(format!("credentials of {}", aws.account));
    }
    shown(what, &decoded(aws, failure).await)
}

/// The same for something that could not be read: many things are read by one request, and what it is refused for is said
/// once.
pub async fn of_reading(aws: &Aws, what: &str, failure: &Failure) -> Diagnostic {
    let problem = of(aws, what, failure).await;
    if !failure.is_refused() || problem.cause.is_some() {
        return problem;
    }
    let detail = format!("{} What else is read by it was not read, either.", problem.detail);
    Diagnostic { detail, ..problem }.because_of(format!("{} {}", failure.api, failure.code))
}

/// A failure as it is shown.
#[must_use]
pub fn shown(what: &str, failure: &Failure) -> Diagnostic {
    let mut detail = failure.to_string();
    if !failure.api.is_empty() {
        detail.push_str(&format!("\n\nOperation: {}", failure.api));
    }
    if let Some(id) = &failure.request_id {
        detail.push_str(&format!(", request id: {id}"));
    }
    if let Some(advice) = failure.advice() {
        detail.push_str(&format!("\n\n{advice}"));
    }
    let code = if failure.code.is_empty() { String::new() } else { format!(": {}", failure.code) };
    Diagnostic::error(format!("{what}{code}"), detail)
}

/// That AWS had too many requests, if somebody had to wait long because of that.
#[must_use]
pub fn of_throttling(troubles: &Troubles) -> Option<Diagnostic> {
    let (total, named, longest) = troubles.take_throttles()?;
    let requests = if total == 1 { "1 request".into() } else { format!("{total} requests") };
    let detail = format!(
        "They were sent again until AWS had time for them, the longest for {} s: {named}. The limits are those of the account and \
         region, which others use, too.",
        longest.as_secs()
    );
    Some(Diagnostic::warning(format!("AWS throttled {requests}"), detail))
}

/// A failure with AWS's reason in clear. Who may not read that keeps what there is: somebody else may.
async fn decoded(aws: &Aws, failure: &Failure) -> Failure {
    let Some((before, encoded)) = failure.message.split_once(ENCODED) else { return failure.clone() };
    let encoded = encoded.split_whitespace().next().unwrap_or_default().trim_end_matches('.');
    let reason = match aws.troubles.may_decode() {
        true => {
            let send = || aws.sts.decode_authorization_message().encoded_message(encoded).send();
            let answer = aws.call("sts:DecodeAuthorizationMessage", send).await;
            answer.ok().and_then(|answer| serde_json::from_str::<Reason>(&answer.decoded_message?).ok())
        }
        false => None,
    };
    let message = match reason {
        Some(reason) => format!("{}\n\n{}", before.trim_end(), reason.text()),
        None => {
            aws.troubles.give_up_decoding();
            format!(
                "{}\n\nWhoever may use sts:DecodeAuthorizationMessage finds out more: aws sts decode-authorization-message \
                 --encoded-message {encoded}",
                before.trim_end()
            )
        }
    };
    Failure { message, ..failure.clone() }
}

/// Why AWS has refused something. (Fact: the documentation of sts:DecodeAuthorizationMessage.)
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Reason {
    explicit_deny: bool,
    matched_statements: Items<Statement>,
    context: Context,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Items<T: Default> {
    items: Vec<T>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Statement {
    statement_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Context {
    principal: Principal,
    action: String,
    resource: String,
    conditions: Items<Condition>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Principal {
    arn: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Condition {
    key: String,
    values: Items<ConditionValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConditionValue {
    value: String,
}

impl Reason {
    fn text(&self) -> String {
        let Context { principal, action, resource, conditions } = &self.context;
        let statements = self.matched_statements.items.iter().map(|s| s.statement_id.as_str());
        let named: Vec<&str> = statements.filter(|id| !id.is_empty()).collect();
        let why = match (self.explicit_deny, named.is_empty()) {
            (true, false) => format!("a policy denies it, by the statement {}", named.join(", ")),
            (true, true) => "a policy denies it".into(),
            (false, _) => "no policy allows it".into(),
        };
        let mut text = format!("{} may not do {action} on {resource}: {why}.", principal.arn);
        let condition = |c: &Condition| {
            let values: Vec<&str> = c.values.items.iter().map(|v| v.value.as_str()).collect();
            format!("\n  {} = {}", c.key, values.join(", "))
        };
        if !conditions.items.is_empty() {
            text.push_str(" Policies could see:");
            text.extend(conditions.items.iter().map(condition));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str::<Reason>(json).unwrap().text()
    }

    #[test]
    fn reasons() {
        let context = r#""context": {"principal": {"id": "AIDA", "arn": "arn:aws:iam::1:user/a"}, "action": "ec2:RunInstances",
            "resource": "arn:aws:ec2:us-east-1:1:instance/*", "conditions": {"items": [
            {"key": "ec2:InstanceType", "values": {"items": [{"value": "m5.large"}]}}]}}"#;
        let may_not = "arn:aws:iam::1:user/a may not do ec2:RunInstances on arn:aws:ec2:us-east-1:1:instance/*: ";
        let seen = " Policies could see:\n  ec2:InstanceType = m5.large";
        let missing =
            format!(r#"{{"allowed": false, "explicitDeny": false, "matchedStatements": {{"items": []}}, {context}}}"#);
        assert_eq!(text(&missing), format!("{may_not}no policy allows it.{seen}"));
        let denied = format!(
            r#"{{"explicitDeny": true, "matchedStatements": {{"items": [{{"statementId": "Big", "effect": "DENY"}}]}}, {context}}}"#
        );
        assert_eq!(text(&denied), format!("{may_not}a policy denies it, by the statement Big.{seen}"));
    }

    #[test]
    fn failures() {
        let failure = Failure {
            api: "ec2:CreateVpc",
            code: "UnauthorizedOperation".into(),
            request_id: Some("r-1".into()),
            ..Failure::new("You are not authorized.")
        };
        let d = shown("creating aws_vpc", &failure);
        assert_eq!(d.summary, "creating aws_vpc: UnauthorizedOperation");
        let detail = "UnauthorizedOperation: You are not authorized.\n\nOperation: ec2:CreateVpc, request id: r-1\n\nLet the \
                      credentials in use do ec2:CreateVpc, or use others.";
        assert_eq!(d.detail, detail);
    }
}
