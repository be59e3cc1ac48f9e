//! The token that a cluster knows somebody by: a signed request to STS for who that is, which the cluster sends in their
//! place. It is good for 15 minutes.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use aws_sdk_sts::config::{Credentials, ProvideCredentials};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};

/// The header that binds the request to a cluster.
const HEADER: &str = "x-k8s-aws-id";

/// How long the request is to be valid, in seconds: clusters refuse more, STS doesn't care.
const EXPIRY: &str = "60";

/// The token for a cluster.
///
/// # Errors
/// When there are no credentials.
pub async fn token(aws: &Aws, cluster: &str) -> Outcome<String> {
    let credentials = match &aws.credentials {
        Some(provider) => provider.provide_credentials().await.map_err(|e| Failure::new(e.to_string()))?,
        None => return Err(Failure::new("There are no credentials.")),
    };
    let request = Request {
        endpoint: &endpoint(aws).await?,
        region: &aws.region,
        cluster,
        time: &jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string(),
    };
    Ok(format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(request.sign(&credentials))))
}

/// Where requests to STS go. The SDK tells as soon as it has prepared one, which is not sent.
async fn endpoint(aws: &Aws) -> Outcome<String> {
    let seen = Arc::new(OnceLock::new());
    let note = Arc::clone(&seen);
    let request = aws.sts.get_caller_identity().customize().map_request(move |request| {
        let _ = note.set(request.uri().to_string());
        Err(std::io::Error::other("not to be sent"))
    });
    let prepared = request.send().await;
    match (seen.get(), prepared) {
        (Some(url), _) => Ok(url.clone()),
        (None, Err(error)) => Err(Failure::from_sdk("sts:GetCallerIdentity", &error)),
        (None, Ok(_)) => Err(Failure::new("The endpoint of STS is not known.")),
    }
}

/// A request for the caller's identity.
struct Request<'a> {
    endpoint: &'a str,
    region: &'a str,
    cluster: &'a str,
    time: &'a str,
}

impl Request<'_> {
    /// Its URL, signed. (AWS's documentation: "Create a signed AWS API request", with the signature in the query.)
    fn sign(&self, credentials: &Credentials) -> String {
        let (base, path) = self.base_and_path();
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        let date = self.time.get(..8).unwrap_or_default();
        let scope = format!("{date}/{}/sts/aws4_request", self.region);
        let signed = format!("host;{HEADER}");
        let credential = format!("{}/{scope}", credentials.access_key_id());
        let mut parameters = vec![
            ("Action", "GetCallerIdentity"),
            ("Version", "2011-06-15"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", self.time),
            ("X-Amz-Expires", EXPIRY),
        ];
        parameters.extend(credentials.session_token().map(|token| ("X-Amz-Security-Token", token)));
        parameters.push(("X-Amz-SignedHeaders", &signed));
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let query = query.join("&");
        let content = hex(&Sha256::digest(b""));
        let canonical = format!("GET\n{path}\n{query}\nhost:{host}\n{HEADER}:{}\n\n{signed}\n{content}", self.cluster);
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.time, hex(&Sha256::digest(canonical)));
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let steps = [date, self.region, "sts", "aws4_request", &text];
        let signature = steps.iter().fold(secret.into_bytes(), |key, step| hmac(&key, step.as_bytes()).to_vec());
        format!("{base}{path}?{query}&X-Amz-Signature={}", hex(&signature))
    }

    fn base_and_path(&self) -> (&str, &str) {
        let begin = self.endpoint.find("://").map_or(0, |at| at + 3);
        match self.endpoint[begin..].find('/') {
            Some(at) => self.endpoint.split_at(begin + at),
            None => (self.endpoint, "/"),
        }
    }
}

/// A keyed hash. (RFC 2104.)
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut padded = [0u8; BLOCK];
    if key.len() > BLOCK {
        padded[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(padded.map(|b| b ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(padded.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A text as it is in a URL's query.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(byte.into());
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as botocore's signer makes of it.
    #[test]
    fn a_request_is_signed() {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", None, None, "test");
        let request = Request {
            endpoint: "https://sts.us-east-1.amazonaws.com/",
            region: "us-east-1",
            cluster: "main",
            time: "20260102T030405Z",
        };
        let expected = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
            &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fsts%2Faws4_request\
            &X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=7284cd7a058206bef5694710a74dfed261444ae662b3105a3d7b69a815bd59dd";
        assert_eq!(request.sign(&credentials), expected);
    }
}
