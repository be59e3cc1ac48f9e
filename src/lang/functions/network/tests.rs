use super::*;
use crate::lang::host::memory::MemoryHost;

fn call(body: super::super::Body, prefix: &str, numbers: &[&str]) -> Result<String, String> {
    let mut args = vec![Value::from(prefix)];
    args.extend(numbers.iter().map(|n| Number::parse(n).map(Value::from).unwrap()));
    let result = body(&args, &MemoryHost::default()).map_err(|e| e.message)?;
    Ok(match result.as_elements() {
        Some(items) => items.iter().filter_map(Value::as_str).map(SmolStr::as_str).collect::<Vec<_>>().join(" "),
        None => result.as_str().unwrap().to_string(),
    })
}

type Case = (&'static str, &'static [&'static str], Result<&'static str, &'static str>);

fn check(body: super::super::Body, cases: &[Case]) {
    for (prefix, numbers, expected) in cases {
        let expected = expected.map(String::from).map_err(String::from);
        assert_eq!(call(body, prefix, numbers), expected, "{prefix} {numbers:?}");
    }
}

#[test]
fn hosts() {
    check(
        cidrhost,
        &[
            ("10.12.112.0/20", &["16"], Ok("10.12.112.16")),
            ("10.12.112.0/20", &["-2"], Ok("10.12.127.254")),
            ("10.12.112.0/20", &["4096"], Err("prefix of 20 does not accommodate a host numbered 4096")),
            ("10.12.112.0/20", &["-4097"], Err("prefix of 20 does not accommodate a host numbered -1")),
            ("010.001.08.0/024", &["1"], Ok("10.1.8.1")),
            ("10.0.0.1/32", &["-1"], Ok("10.0.0.1")),
            ("fd00::/64", &["18446744073709551616"], Ok("fd00:0:0:1::")),
            ("fd00::/64", &["-1"], Ok("fd00::ffff:ffff:ffff:ffff")),
            ("fd00::/64", &["1e30"], Ok("fd00:c:9f2c:9cd0:4674:edea:4000:0")),
            (
                "fd00::/0",
                &["1e60"],
                Err("there is no address for the number 1000000000000000000000000000000000000000000000000000000000000"),
            ),
            ("::ffff:10.0.0.0/104", &["1"], Ok("0:1::ffff:a00:0")),
            ("::ffff:10.0.0.0/104", &["0"], Ok("10.0.0.0")),
            ("1:0:0:2:0:0:0:3/128", &["0"], Ok("1:0:0:2::3")),
            ("10.0.0.0/24", &["1.5"], Err("value must be a whole number")),
            ("10.0.0/24", &["1"], Err("invalid CIDR expression: invalid CIDR address: 10.0.0/24")),
        ],
    );
}

#[test]
fn prefixes() {
    for text in [
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0.0/99999999999",
        "256.1.1.1/24",
        "1.2.3.4.5/24",
        "1.2.3./24",
        "1..3.4/24",
        " 10.0.0.0/24",
        "0x0a.0.0.0/24",
        "fe80::1%eth0/64",
        "1::2::3/64",
        "1:2:3:4:5:6:7:8::/64",
        ":1::/64",
        "::1:/64",
        "1:2:3:4:5:6:7:1.2.3.4/64",
        "fd00::/129",
        "é::/1",
    ] {
        assert_eq!(Prefix::parse(text), None, "{text}");
    }
    for (text, shown) in [
        ("1:2:3:4:5:6:7:8/64", "1:2:3:4::/64"),
        ("1:2:3:4:5:6:7::/112", "1:2:3:4:5:6:7:0/112"),
        ("1:2:3:4:5:6:1.2.3.4/128", "1:2:3:4:5:6:102:304/128"),
        ("::01.2.3.4/128", "::102:304/128"),
        ("00001::FFFF/128", "1::ffff/128"),
        ("::/0", "::/0"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("255.255.255.255/0", "0.0.0.0/0"),
    ] {
        assert_eq!(Prefix::parse(text).map(|prefix| prefix.to_string()).as_deref(), Some(shown), "{text}");
    }
}

#[test]
fn masks() {
    check(
        cidrnetmask,
        &[
            ("172.16.0.0/12", &[], Ok("255.240.0.0")),
            ("0.0.0.0/0", &[], Ok("0.0.0.0")),
            ("::ffff:10.0.0.0/104", &[], Ok("ffff:ffff:ffff:ffff:ffff:ffff:ff00:0")),
            ("fd00::/64", &[], Err("IPv6 addresses cannot have a netmask: fd00::/64")),
        ],
    );
}

#[test]
fn subnets() {
    check(
        cidrsubnet,
        &[
            ("172.16.0.0/12", &["4", "2"], Ok("172.18.0.0/16")),
            ("fd00:fd12:3456:7890::/56", &["16", "162"], Ok("fd00:fd12:3456:7800:a200::/72")),
            ("10.0.0.0/8", &["-1", "1"], Ok("10.0.0.0/7")),
            ("10.0.0.0/8", &["-9", "0"], Ok("<nil>")),
            ("10.0.0.0/8", &["8", "-1"], Ok("0.1.0.0/16")),
            ("10.0.0.0/8", &["8", "256"], Err("prefix extension of 8 does not accommodate a subnet numbered 256")),
            ("10.0.0.0/8", &["8", "-256"], Err("prefix extension of 8 does not accommodate a subnet numbered -256")),
            ("10.0.0.0/8", &["25", "0"], Err("insufficient address space to extend prefix of 8 by 25")),
            (
                "10.0.0.0/8",
                &["9223372036854775807", "0"],
                Err("insufficient address space to extend prefix of 8 by 9223372036854775807"),
            ),
            ("10.0.0.0/8", &["-9223372036854775808", "1"], Err("there is no address for the number 1")),
            ("fd00::/8", &["64", "18446744073709551616"], Ok("fd00::/72")),
            ("fd00::/8", &["120", "1e37"], Ok("ff85:ee10:d5da:46d9:f4:36a0::/128")),
            ("::ffff:10.0.0.0/90", &["8", "1"], Ok("::ffc0:4000:0/98")),
            ("::/0", &["96", "65535"], Ok("0.0.0.0/0")),
            (
                "x",
                &["1.5", "0"],
                Err("value must be a whole number, between -9223372036854775808 and 9223372036854775807"),
            ),
        ],
    );
}

#[test]
fn consecutive_subnets() {
    check(
        cidrsubnets,
        &[
            ("10.1.0.0/16", &["4", "4", "8", "4"], Ok("10.1.0.0/20 10.1.16.0/20 10.1.32.0/24 10.1.48.0/20")),
            ("10.1.0.0/16", &[], Ok("")),
            ("10.1.0.0/16", &["8", "1"], Ok("10.1.0.0/24 10.1.128.0/17")),
            ("fd00::/16", &["32", "32"], Ok("fd00::/48 fd00:0:1::/48")),
            ("10.0.0.0/31", &["1", "1"], Ok("10.0.0.0/32 10.0.0.1/32")),
            ("10.1.0.0/16", &["0"], Err("must extend prefix by at least one bit")),
            ("fd00::/16", &["33"], Err("may not extend prefix by more than 32 bits")),
            ("10.1.0.0/16", &["17"], Err("would extend prefix to 33 bits, which is too long for an IPv4 address")),
            (
                "10.1.0.0/16",
                &["4", "1", "1"],
                Err("not enough remaining address space for a subnet with a prefix of 17 bits after 10.1.128.0/17"),
            ),
            (
                "0.0.0.0/0",
                &["1"],
                Err("not enough remaining address space for a subnet with a prefix of 1 bits after 128.0.0.0/1"),
            ),
            (
                "::ffff:10.0.0.0/104",
                &["8"],
                Err("not enough remaining address space for a subnet with a prefix of 112 bits after <nil>"),
            ),
        ],
    );
}
