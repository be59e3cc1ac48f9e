//! Addresses of provider configurations.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

/// A provider configuration: `provider["registry.terraform.io/hashicorp/aws"].peer`, as state names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderConfigAddress {
    /// The names of the calls that lead to the module where it is configured.
    pub module: Arc<[SmolStr]>,
    /// The provider's full address: `registry.terraform.io/hashicorp/aws`.
    pub provider: SmolStr,
    /// Its alias.
    pub alias: Option<SmolStr>,
}

impl ProviderConfigAddress {
    /// The root module's default configuration of a provider.
    #[must_use]
    pub fn root(provider: impl Into<SmolStr>) -> Self {
        ProviderConfigAddress { module: Arc::default(), provider: provider.into(), alias: None }
    }
}

impl fmt::Display for ProviderConfigAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.module.iter() {
            write!(f, "module.{name}.")?;
        }
        write!(f, "provider[{:?}]", self.provider.as_str())?;
        match &self.alias {
            Some(alias) => write!(f, ".{alias}"),
            None => Ok(()),
        }
    }
}
