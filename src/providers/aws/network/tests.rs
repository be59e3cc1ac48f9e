//! Proxies and certificates on this machine.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;
use crate::lang::Value;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::settings::{SCHEMA, Settings};

type Tested = Result<(), Box<dyn Error>>;

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

fn block(parts: &[(&'static str, &str)]) -> Object {
    let ty = SCHEMA.implied_type();
    let mut block = Object::of(&Value::null(ty.clone()), ty);
    for (name, value) in parts {
        block.set(name, *value);
    }
    block
}

fn network(parts: &[(&'static str, &str)], environment: &[(&str, &str)]) -> Network {
    let variable = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_string());
    Network::of(&block(parts), variable)
}

#[test]
fn the_block_comes_before_the_environment() {
    let ways = |parts: &[(&'static str, &str)], environment: &[(&str, &str)]| {
        let network = network(parts, environment);
        (network.http.unwrap_or_default(), network.https.unwrap_or_default(), network.no_proxy)
    };
    let owned = |a: &str, b: &str, c: &str| (a.to_string(), b.to_string(), c.to_string());
    assert_eq!(ways(&[], &[("HTTP_PROXY", "http://e")]), owned("http://e", "", ""));
    assert_eq!(ways(&[], &[("https_proxy", "http://e"), ("no_proxy", "a")]), owned("", "http://e", "a"));
    assert_eq!(ways(&[("http_proxy", "http://b")], &[]), owned("http://b", "http://b", ""));
    let environment = [("HTTPS_PROXY", "http://e"), ("NO_PROXY", "e")];
    assert_eq!(
        ways(&[("http_proxy", "http://b"), ("no_proxy", "b")], &environment),
        owned("http://b", "http://e", "b")
    );
    assert_eq!(ways(&[("https_proxy", "")], &environment), owned("", "", "e"));
    assert_eq!(ways(&[("http_proxy", "http://b"), ("https_proxy", "")], &[]), owned("http://b", "", ""));
    let said = |parts: &[(&'static str, &str)]| network(parts, &[]).remark().map(|d| d.detail).unwrap_or_default();
    assert!(said(&[("http_proxy", "http://u:secret@b")]).contains("\"http://u:***@b\""));
    assert_eq!(said(&[("http_proxy", "http://b"), ("https_proxy", "")]), "");
}

#[test]
fn exceptions_cover_what_go_says_that_they_cover() {
    for (rule, host, port, is_covered) in [
        ("*", "sts.example.com", 443, true),
        ("example.com", "example.com", 443, true),
        ("Example.com", "sts.EXAMPLE.com", 443, true),
        ("example.com", "anexample.com", 443, false),
        (".example.com", "example.com", 443, false),
        ("*.example.com", "sts.example.com", 443, true),
        ("example.com:80", "example.com", 443, false),
        ("example.com:443", "sts.example.com", 443, true),
        ("10.0.0.0/8", "10.1.2.3", 443, true),
        ("10.0.0.0/8", "11.1.2.3", 443, false),
        ("0.0.0.0/0", "::1", 443, false),
        ("fd00::/8", "fd12::1", 443, true),
        ("10.0.0.1", "10.0.0.1", 443, true),
        ("10.0.0.1:80", "10.0.0.1", 443, false),
        ("[fd00::1]:443", "fd00::1", 443, true),
        ("", "example.com", 443, false),
        (":80", "example.com", 80, false),
    ] {
        let covers = Exception::of(rule).is_some_and(|e| e.covers(host, port));
        assert_eq!(covers, is_covered, "{rule} and {host}:{port}");
    }
    let never = |host| is_never_proxied(host);
    assert!(
        never("localhost") && never("127.0.0.2") && never("::1") && never("169.254.169.254") && never("fd00:ec2::254")
    );
    assert!(!never("sts.amazonaws.com") && !never("10.0.0.1"));
}

fn answer(to: &mut impl Write, status: &str, body: &str) {
    let _ = write!(to, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
}

/// A proxy, and the first lines of what it is asked, with who asks. It answers what it can read, and lets nothing through.
fn proxy_server() -> Result<(String, Receiver<String>), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = listener.local_addr()?.to_string();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let Ok(reading) = stream.try_clone() else { return };
            let lines: Vec<String> =
                BufReader::new(reading).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let first = lines.first().cloned().unwrap_or_default();
            let who = lines.iter().find(|line| line.to_lowercase().starts_with("proxy-authorization"));
            let _ = tell.send(format!("{first} {}", who.map_or("", |w| w)));
            match first.starts_with("CONNECT") {
                true => answer(&mut stream, "403 Forbidden", ""),
                false => answer(&mut stream, "200 OK", IDENTITY),
            }
        }
    });
    Ok((url, told))
}

fn settings(parts: &[(&'static str, &str)], sts: &str) -> Settings {
    let mut block = block(parts);
    for (name, value) in [("access_key", "K"), ("secret_key", "S"), ("region", "us-east-1")] {
        block.set(name, value);
    }
    block.set("max_retries", 1);
    let endpoint = Value::object(vec![("sts".into(), sts.into())]);
    block.set("endpoints", Value::tuple(vec![endpoint]));
    let mut settings = Settings::of(&block.value(), std::path::Path::new(""));
    settings.network = network(parts, &[]);
    settings
}

#[tokio::test]
async fn requests_go_through_the_proxy_of_their_scheme() -> Tested {
    let (address, told) = proxy_server()?;
    let url = format!("http://u:p%40@{address}");
    let aws = Aws::connect(settings(&[("http_proxy", &url)], "http://sts.example.test")).await?;
    assert_eq!(aws.account, "1");
    let asked = told.recv_timeout(Duration::from_secs(5))?.to_lowercase();
    assert!(asked.starts_with("post http://sts.example.test/ http/1.1 proxy-authorization: basic dtpwqa=="), "{asked}");
    let refused = Aws::connect(settings(&[("https_proxy", &address)], "https://sts.example.test")).await;
    assert!(refused.is_err());
    let asked = told.recv_timeout(Duration::from_secs(5))?;
    assert!(asked.starts_with("CONNECT sts.example.test:443 HTTP/1.1"), "{asked}");
    for direct in [("no_proxy", "example.test"), ("https_proxy", "")] {
        let parts = [("http_proxy", url.as_str()), direct];
        assert!(Aws::connect(settings(&parts, "https://sts.example.test")).await.is_err());
    }
    let asked: Vec<String> = told.try_iter().filter(|line| !line.starts_with("CONNECT")).collect();
    assert!(asked.is_empty(), "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn a_proxy_has_to_be_a_url() {
    for wrong in ["ftp://proxy", "http://", "://"] {
        let failure = Aws::connect(settings(&[("https_proxy", wrong)], "https://sts.example.test")).await.err();
        let message = failure.map(|f| f.message).unwrap_or_default();
        assert!(message.starts_with("Invalid HTTPS Proxy\n\n"), "{wrong}: {message}");
    }
}

/// Answers with an identity, and a certificate of `ca.pem`.
fn tls_server() -> Result<String, Box<dyn Error>> {
    let chain = CertificateDer::pem_slice_iter(include_bytes!("server.pem")).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("key.pem"))?;
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(crypto).with_safe_default_protocol_versions()?;
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("https://localhost:{}", listener.local_addr()?.port());
    let serve = move |mut stream: TcpStream| -> Tested {
        let mut connection = ServerConnection::new(Arc::clone(&config))?;
        let mut tls = Stream::new(&mut connection, &mut stream);
        let _ = tls.read(&mut [0; 4096])?;
        answer(&mut tls, "200 OK", IDENTITY);
        Ok(())
    };
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(|stream| drop(serve(stream))));
    Ok(url)
}

#[tokio::test]
async fn the_bundle_says_who_is_trusted() -> Tested {
    let url = tls_server()?;
    let folder = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> Result<String, Box<dyn Error>> {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let bundle = file("bundle.pem", include_str!("ca.pem"))?;
    let aws = Aws::connect(settings(&[("custom_ca_bundle", &bundle)], &url)).await?;
    assert_eq!(aws.account, "1");
    let said = async |parts: &[(&'static str, &str)]| {
        Aws::connect(settings(parts, &url)).await.err().map(|f| f.message).unwrap_or_default()
    };
    let unknown = said(&[]).await;
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    let missing = said(&[("custom_ca_bundle", "/missing.pem")]).await;
    assert!(missing.starts_with("reading custom CA bundle /missing.pem: "), "{missing}");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text) in [("empty.pem", "nothing\n"), ("broken.pem", broken)] {
        let path = file(name, text)?;
        let failed = said(&[("custom_ca_bundle", &path)]).await;
        assert!(failed.starts_with(&format!("failed to load custom CA bundle {path}: ")), "{failed}");
    }
    Ok(())
}
