//! How the program is linked.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") {
        return;
    }
    // With a fixed address, nothing has to be relocated at the start: of the AWS SDK that would be 5 MB in every command.
    println!("cargo:rustc-link-arg-bin=infra=-no-pie");
    // What commands run is 2 MB among 45 MB of functions. Where those stand side by side, the others aren't brought into memory with
    // them. Only Rust's own linker takes such a list, and names in it that there aren't do no harm.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let has_own_linker = env::var_os("RUSTC_LINKER").is_some() || flags.contains("link");
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") && !has_own_linker {
        // Cargo starts the linker in this folder. Its full name would be out of date once it is moved.
        println!("cargo:rustc-link-arg-bin=infra=-Wl,--symbol-ordering-file=build/link_order.txt");
        println!("cargo:rustc-link-arg-bin=infra=-Wl,--no-warn-symbol-ordering");
    }
}
