//! Provisioners: the schemas of all, and of the connections that they use; what runs those that are here.

mod local_exec;

use std::sync::LazyLock;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::Provisioner;
use crate::lang::Type;
use crate::schema::{Attribute, Block};
use crate::syntax::Diagnostic;

pub use local_exec::local_exec;

fn block(required: &[(&'static str, Type)], optional: &[(&'static str, Type)]) -> Block {
    let attribute = |(name, ty): &(&'static str, Type), attribute: fn(Type) -> Attribute| {
        (SmolStr::new_static(name), attribute(ty.clone()))
    };
    let required = required.iter().map(|a| attribute(a, Attribute::required));
    let optional = optional.iter().map(|a| attribute(a, Attribute::optional));
    Block { attributes: required.chain(optional).collect(), blocks: IndexMap::new() }
}

fn strings(names: &[&'static str]) -> Vec<(&'static str, Type)> {
    names.iter().map(|name| (*name, Type::String)).collect()
}

static LOCAL_EXEC: LazyLock<Block> = LazyLock::new(|| {
    block(
        &strings(&["command"]),
        &[
            ("environment", Type::map(Type::String)),
            ("interpreter", Type::list(Type::String)),
            ("quiet", Type::Bool),
            ("working_dir", Type::String),
        ],
    )
});

static FILE: LazyLock<Block> = LazyLock::new(|| block(&strings(&["destination"]), &strings(&["source", "content"])));

static REMOTE_EXEC: LazyLock<Block> = LazyLock::new(|| {
    block(&[], &[("inline", Type::list(Type::String)), ("script", Type::String), ("scripts", Type::list(Type::String))])
});

static CONNECTION: LazyLock<Block> = LazyLock::new(|| {
    let texts = [
        "type",
        "user",
        "password",
        "port",
        "timeout",
        "script_path",
        "target_platform",
        "private_key",
        "certificate",
        "host_key",
        "agent_identity",
        "proxy_scheme",
        "proxy_host",
        "proxy_port",
        "proxy_user_name",
        "proxy_user_password",
        "bastion_user",
        "bastion_password",
        "bastion_host",
        "bastion_port",
        "bastion_host_key",
        "bastion_private_key",
        "bastion_certificate",
        "cacert",
    ];
    let flags = ["agent", "https", "insecure", "use_ntlm"].map(|name| (name, Type::Bool));
    block(&strings(&["host"]), &[strings(&texts), flags.to_vec()].concat())
});

/// The arguments of a provisioner; `None` for one that doesn't exist.
#[must_use]
pub fn provisioner(kind: &str) -> Option<&'static Block> {
    match kind {
        "local-exec" => Some(&LOCAL_EXEC),
        "file" => Some(&FILE),
        "remote-exec" => Some(&REMOTE_EXEC),
        _ => None,
    }
}

/// The arguments of a `connection` block.
#[must_use]
pub fn connection() -> &'static Block {
    &CONNECTION
}

/// Says of a provisioner that it can't be run here, before anything is done.
///
/// # Errors
/// When it can't.
pub fn check_runnable(provisioner: &Provisioner) -> Result<(), Diagnostic> {
    match provisioner.kind.name.as_str() {
        "local-exec" => Ok(()),
        kind => {
            let detail = format!(
                "This version of infra does not run provisioners of type {kind:?}. What can be run is \"local-exec\": a command \
                 on this machine, which may connect to another."
            );
            Err(Diagnostic::error("Unsupported provisioner", detail).at(provisioner.span))
        }
    }
}
