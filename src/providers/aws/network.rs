//! How requests get to AWS: through which proxy, and whose certificates are trusted.

use std::net::IpAddr;
use std::path::Path;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failure::{Failure, Outcome};
use super::object::Object;
use super::settings::expanded;
use crate::syntax::Diagnostic;

/// What the provider block says, and the environment where that says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The URL of the proxy for requests to `http:` endpoints.
    http: Option<String>,
    /// That for `https:` ones, and so for AWS's own.
    https: Option<String>,
    /// The hosts that are not asked through a proxy.
    no_proxy: String,
    /// The file with all certificates that are trusted.
    ca_bundle: Option<String>,
    /// Nothing says what the proxy for `https:` is: it is the other one.
    is_substitute: bool,
}

impl Network {
    /// Reads an evaluated provider block, and the environment's variables.
    pub(super) fn of(block: &Object, variable: impl Fn(&str) -> Option<String>) -> Self {
        // A setting that is empty is one, too: it says that there is no proxy, whatever the environment has.
        let setting = |name: &str| block.get(name).map(|_| block.str(name).to_string());
        let either = |upper: &str| {
            let found = variable(upper).filter(|text| !text.is_empty());
            found.or_else(|| variable(&upper.to_lowercase()))
        };
        let http = setting("http_proxy");
        let https = setting("https_proxy").or_else(|| either("HTTPS_PROXY"));
        let is_substitute = https.is_none() && http.as_ref().is_some_and(|url| !url.is_empty());
        let some = |url: Option<String>| url.filter(|url| !url.is_empty());
        Network {
            https: some(if is_substitute { http.clone() } else { https }),
            http: some(http.or_else(|| either("HTTP_PROXY"))),
            no_proxy: setting("no_proxy").or_else(|| either("NO_PROXY")).unwrap_or_default(),
            ca_bundle: block.text("custom_ca_bundle").or_else(|| some(variable("AWS_CA_BUNDLE"))),
            is_substitute,
        }
    }

    /// That a proxy is taken for what it is not said to be for.
    #[must_use]
    pub fn remark(&self) -> Option<Diagnostic> {
        let proxy = self.https.as_ref().filter(|_| self.is_substitute)?;
        let detail = format!(
            "An HTTP proxy was set but no HTTPS proxy was. Using HTTP proxy {:?} for HTTPS requests.\n\nTo specify no proxy for \
             HTTPS, set the HTTPS to an empty string.",
            without_password(proxy)
        );
        Some(Diagnostic::warning("Missing HTTPS Proxy", detail))
    }

    /// What sends requests; none if the SDK's own does as well. Paths begin at a folder.
    ///
    /// # Errors
    /// When the URL of a proxy is none, or there are no certificates in the bundle.
    pub async fn client(&self, folder: &Path) -> Outcome<Option<SharedHttpClient>> {
        if self.http.is_none() && self.https.is_none() && self.ca_bundle.is_none() {
            return Ok(None);
        }
        let trust = match &self.ca_bundle {
            Some(path) => TrustStore::empty().with_pem_certificate(certificates(&folder.join(expanded(path))).await?),
            None => TrustStore::default(),
        };
        let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|e| Failure::new(e.to_string()))?;
        let http = self.http.as_ref().map(|url| proxy("HTTP", url, ProxyConfig::http)).transpose()?;
        let https = self.https.as_ref().map(|url| proxy("HTTPS", url, ProxyConfig::https)).transpose()?;
        let direct = sender(&tls, None);
        let (http, https) = (http.map(|p| sender(&tls, Some(p))), https.map(|p| sender(&tls, Some(p))));
        let exceptions: Vec<Exception> = self.no_proxy.split(',').filter_map(Exception::of).collect();
        Ok(Some(http_client_fn(move |settings, components| {
            let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
            SharedHttpConnector::new(Ways {
                direct: connector(&direct),
                http: http.as_ref().map(connector),
                https: https.as_ref().map(connector),
                exceptions: exceptions.clone(),
            })
        })))
    }
}

/// The certificates in a file, as they are: what isn't one is found here, because the SDK doesn't look.
async fn certificates(path: &Path) -> Outcome<Vec<u8>> {
    let shown = path.display();
    let text = tokio::fs::read(path).await;
    let text = text.map_err(|error| Failure::new(format!("reading custom CA bundle {shown}: {error}")))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        added.map_err(|error| Failure::new(format!("failed to load custom CA bundle {shown}: {error}")))?;
    }
    if roots.is_empty() {
        return Err(Failure::new(format!("failed to load custom CA bundle {shown}: it has no certificate (PEM)")));
    }
    Ok(text)
}

fn proxy<E: std::fmt::Display>(
    kind: &str,
    url: &str,
    config: impl Fn(String) -> Result<ProxyConfig, E>,
) -> Outcome<ProxyConfig> {
    let whole = if url.contains("://") { url.to_string() } else { format!("http://{url}") };
    config(whole).map_err(|_| {
        let shown = without_password(url);
        Failure::new(format!(
            "Invalid {kind} Proxy\n\nUnable to use {shown:?}: a proxy is a URL with http: or https: and a host, as in \
             \"http://proxy.example.com:3128\"."
        ))
    })
}

/// A URL that can be shown: `http://user:***@proxy.example.com:3128`.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((before, host)) => {
            let user_at = before.find("://").map_or(0, |at| at + 3);
            match before[user_at..].find(':') {
                Some(colon) => format!("{}:***@{host}", &before[..user_at + colon]),
                None => url.into(),
            }
        }
        None => url.into(),
    }
}

fn sender(tls: &TlsContext, proxy: Option<ProxyConfig>) -> SharedHttpClient {
    let tls = tls.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder =
            Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|c| c.sleep_impl()));
        builder.set_proxy_config(proxy.clone());
        builder.build()
    })
}

/// The ways out of here.
#[derive(Debug)]
struct Ways {
    direct: SharedHttpConnector,
    http: Option<SharedHttpConnector>,
    https: Option<SharedHttpConnector>,
    exceptions: Vec<Exception>,
}

impl HttpConnector for Ways {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (proxied, rest) = match request.uri().split_once("://") {
            Some(("https", rest)) => (&self.https, Some((rest, 443))),
            Some((_, rest)) => (&self.http, Some((rest, 80))),
            None => (&None, None),
        };
        let is_direct = rest.is_none_or(|(rest, port)| {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            let (host, own_port) = host_and_port(authority);
            is_never_proxied(host) || self.exceptions.iter().any(|e| e.covers(host, own_port.unwrap_or(port)))
        });
        match proxied {
            Some(way) if !is_direct => way.call(request),
            _ => self.direct.call(request),
        }
    }
}

/// This machine, and what only this machine can ask: the metadata of instances and containers.
fn is_never_proxied(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.segments()[..2] == [0xfd00, 0xec2],
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// `a.example.com:80` or `[::1]:80`, taken apart.
fn host_and_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.rsplit_once(':') {
        // More than one colon is an address of version 6.
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()),
        _ => (text, None),
    }
}

/// Something in `no_proxy`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// `*`
    All,
    /// `10.0.0.0/8`
    Range(IpAddr, u8),
    /// `10.0.0.1` or `10.0.0.1:80`
    Address(IpAddr, Option<u16>),
    /// `example.com`: itself and all below, `.example.com` and `*.example.com`: only what is below.
    Domain { suffix: String, itself: bool, port: Option<u16> },
}

impl Exception {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if text == "*" {
            return Some(Exception::All);
        }
        if let Some((address, length)) = text.split_once('/') {
            return Some(Exception::Range(address.parse().ok()?, length.parse().ok()?));
        }
        let (host, port) = host_and_port(&text);
        if let Ok(address) = host.parse() {
            return Some(Exception::Address(address, port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let (suffix, itself) = match host.strip_prefix('.') {
            Some(_) => (host.to_string(), false),
            None => (format!(".{host}"), true),
        };
        (suffix.len() > 1).then_some(Exception::Domain { suffix, itself, port })
    }

    fn covers(&self, host: &str, port: u16) -> bool {
        let is_port = |wanted: &Option<u16>| wanted.is_none_or(|wanted| wanted == port);
        match self {
            Exception::All => true,
            Exception::Range(network, length) => {
                host.parse().is_ok_and(|address| is_within(address, *network, *length))
            }
            Exception::Address(address, wanted) => host.parse() == Ok(*address) && is_port(wanted),
            Exception::Domain { suffix, itself, port: wanted } => {
                let host = host.to_lowercase();
                (host.ends_with(suffix) || (*itself && host == suffix[1..])) && is_port(wanted)
            }
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(a) => (u128::from(a.to_bits()) << 96, 32),
        IpAddr::V6(a) => (a.to_bits(), 128),
    };
    let ((a, size), (b, other)) = (bits(address), bits(network));
    size == other && length <= size && (length == 0 || (a ^ b) >> (128 - u32::from(length)) == 0)
}

#[cfg(test)]
mod tests;
