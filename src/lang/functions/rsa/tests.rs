use super::*;
use crate::lang::host::memory::MemoryHost;

// Keys made for these tests: `openssl genrsa -traditional 512`, the same in PKCS #8, and one from `ssh-keygen -p`.
const PKCS1: &str = "-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAKozkf/TyiLgJa7xL2yABmQ8IS7vbbF0IFwTnW4CA0OeMvx0UsPY
6ls3DeDiY8s7iuiK9Wy/ro7K8TN5YkH5emMCAwEAAQJAYAXEQt7L1a071V0A8mew
M3CxD/fInSr07r2qPdwo10ZH1y5gMyPOLN5fQk5KFAzwjbfwYQ02vqmkebdsZL5S
8QIhANKm5bjt01i3drS6q9q9bsnymsORpZj/6q+e5GdRvr9dAiEAztduj9rzkmH8
R5X62YUP105djF7dRGCp+svK/CfkRL8CIQCfeLYEkBcl3I5DN+aOTEapH77GO2bQ
Mz2qAnILPblYCQIgP2zP+kypY7moIktbIFgtA1iEVwa/0rfRZ5YWKDwTQwECIHtw
p6w70Ts/x+unG7TTdciYV9uzW4xLY5hOcuFXlwlc
-----END RSA PRIVATE KEY-----
";
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAqjOR/9PKIuAlrvEv
bIAGZDwhLu9tsXQgXBOdbgIDQ54y/HRSw9jqWzcN4OJjyzuK6Ir1bL+ujsrxM3li
Qfl6YwIDAQABAkBgBcRC3svVrTvVXQDyZ7AzcLEP98idKvTuvao93CjXRkfXLmAz
I84s3l9CTkoUDPCNt/BhDTa+qaR5t2xkvlLxAiEA0qbluO3TWLd2tLqr2r1uyfKa
w5GlmP/qr57kZ1G+v10CIQDO126P2vOSYfxHlfrZhQ/XTl2MXt1EYKn6y8r8J+RE
vwIhAJ94tgSQFyXcjkM35o5MRqkfvsY7ZtAzPaoCcgs9uVgJAiA/bM/6TKljuagi
S1sgWC0DWIRXBr/St9FnlhYoPBNDAQIge3CnrDvROz/H66cbtNN1yJhX27NbjEtj
mE5y4VeXCVw=
-----END PRIVATE KEY-----
";
const OPENSSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAlwAAAAdzc2gtcn
NhAAAAAwEAAQAAAIEA5mbzz6NLYD0CTeNxjegEtagsp5W7tIv9sboyi89bCFBxSbi6Ubnf
lSEUvqNnokhjapPtsIoTxu/JIn7SSZ+Ah9pKJKDWhxpoo3Fp/3E/YbxhYlC0kUnENu9l/F
BoYnQvrrsfgFeBWCh6VQrqkFe1PXQnF4mA1s/N3Im0hwlhcXMAAAH4ZwdHe2cHR3sAAAAH
c3NoLXJzYQAAAIEA5mbzz6NLYD0CTeNxjegEtagsp5W7tIv9sboyi89bCFBxSbi6UbnflS
EUvqNnokhjapPtsIoTxu/JIn7SSZ+Ah9pKJKDWhxpoo3Fp/3E/YbxhYlC0kUnENu9l/FBo
YnQvrrsfgFeBWCh6VQrqkFe1PXQnF4mA1s/N3Im0hwlhcXMAAAADAQABAAAAgQCjnqc0ZI
Wp4YmaYJQKr6Nwke6sUGRNkkDmjxFIQkgmfmIFdZ8zXKmP0T9XJtn44ClhzY21mkjzNOQE
kEWsLQ5rksIezZV/A5XIOA0J0JaGlRSvhHxYspnecSxnoEJNJ9/C1W2+78DYWS1OVfaZ4N
D6qer0juNVENsKYbVJ3wkTIQAAAEEAoueQNklxnUzI8wCb1h701osswZ8XWd/UFBiyo2z4
Ef0fetHWAM2lzQPDgGpcQCI6/DG+JCIyZYVXD8PNcAoIDwAAAEEA8+K1VeOIGdxhZA4UP1
TDb4NB+VzeLu0N1MOnnpIwsCT507BrCp6xA05Xc5rbT1g3TuGHEVh8NKY1ml7ngyTP0QAA
AEEA8djJV/CWziL9ce3kduK9nIZbTOXX3XqelYRG7b+zUZfDhf0o6C7UQql83yurKCx33T
HnICIgqZlDn9Cu6FViAwAAAAAB
-----END OPENSSH PRIVATE KEY-----
";
const ELLIPTIC: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIKMc4/o9mrOaerAZAGDMdzj88pXzuthFa8gIyRm2PrdRoAoGCCqGSM49
AwEHoUQDQgAEmE4XtkZdyVOtTrrI5DGaNMVoSIt79lCT3Nng4XRUpE9wd741Xuka
Ab3Ki/wbubJ2JWQucTsx0i+Pg/4T0km5Xw==
-----END EC PRIVATE KEY-----
";

/// `hi`, for the keys of OpenSSL and of OpenSSH.
const FOR_OPENSSL: &str = "bToDJIWgRjEj4d4ob8UHWQs2lZ15StVvsgQx8Fr+lGDDsl4Isw62Zq/fm0Hl2Rnqf0wSsPAZA9I0adI7rfjKdw==";
const FOR_OPENSSH: &str = "1DV2y7DrH7tFjZech68Ik6JFc6ljPC3KAHFtil1xP03lLIs7wy2KSfhrGRuczUjR/pcBRwrHUngtiLUraLmLcIHOb1zoc2VmUoPKYvAB+Z5JtsTykiubMts6Scok7POC1N8c0aeINUWHwJBHe7KQ/jnxanBrrdwxr7FaKU0l7KM=";

fn decrypt(ciphertext: &str, key: &str) -> Result<Value, FunctionError> {
    rsadecrypt(&[ciphertext.into(), key.into()], &MemoryHost::default())
}

#[test]
fn decrypts() {
    for (ciphertext, key) in [
        (FOR_OPENSSL, PKCS1.to_string()),
        (FOR_OPENSSL, PKCS8.to_string()),
        (FOR_OPENSSL, format!("noise\n{}", PKCS1.replace('\n', "\r\n"))),
        (FOR_OPENSSH, OPENSSH.to_string()),
    ] {
        assert_eq!(decrypt(ciphertext, &key), Ok("hi".into()), "{key}");
    }
}

#[test]
fn refuses() {
    let block = |label: &str, content: &str| format!("-----BEGIN {label}-----\n{content}\n-----END {label}-----\n");
    for (ciphertext, key, argument, message) in [
        ("!", PKCS1.into(), Some(0), "failed to decode input \"!\": cipher text must be base64-encoded"),
        ("", PKCS1.into(), None, "failed to decrypt: crypto/rsa: decryption error"),
        (FOR_OPENSSH, PKCS1.into(), None, "failed to decrypt: crypto/rsa: decryption error"),
        ("", String::new(), Some(1), "invalid private key: ssh: no key found"),
        ("", PKCS1[..200].into(), Some(1), "invalid private key: ssh: no key found"),
        ("", block("FOO", "abcd"), Some(1), "invalid private key: ssh: unsupported key type \"FOO\""),
        (
            "",
            block("OPENSSH PRIVATE KEY", "abcd"),
            Some(1),
            "invalid private key: ssh: invalid openssh private key format",
        ),
        (
            "",
            block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nabcd"),
            Some(1),
            "invalid private key: ssh: this private key is passphrase protected",
        ),
        ("", ELLIPTIC.into(), Some(1), "invalid private key type: an RSA private key is required"),
    ] {
        let error = FunctionError { argument, message: message.into() };
        assert_eq!(decrypt(ciphertext, &key), Err(error), "{key}");
    }
}
