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

    /// Reads an address as state has it, also in the form that Terraform 0.12 wrote: `provider.aws.peer`.
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut module = Vec::new();
        while let Some(after) = rest.strip_prefix("module.") {
            let (name, behind) = after.split_once('.')?;
            module.push(SmolStr::new(name));
            rest = behind;
        }
        let (provider, rest) = match rest.strip_prefix("provider[\"") {
            Some(after) => {
                let (provider, behind) = after.split_once("\"]")?;
                (SmolStr::new(provider), behind)
            }
            None => {
                let after = rest.strip_prefix("provider.")?;
                let end = after.find('.').unwrap_or(after.len());
                (format!("registry.terraform.io/-/{}", &after[..end]).into(), &after[end..])
            }
        };
        let alias = match rest {
            "" => None,
            rest => Some(SmolStr::new(rest.strip_prefix('.')?)),
        };
        let is_name = |name: &SmolStr| !name.is_empty() && !name.contains(['.', '[', '"']);
        let is_sound = !provider.is_empty() && module.iter().chain(&alias).all(is_name);
        is_sound.then(|| ProviderConfigAddress { module: module.into(), provider, alias })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back() {
        for text in [
            "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "provider[\"registry.terraform.io/hashicorp/aws\"].peer",
            "module.a.module.b.provider[\"terraform.io/builtin/terraform\"].x",
        ] {
            assert_eq!(ProviderConfigAddress::parse(text).unwrap().to_string(), text);
        }
        let old = ProviderConfigAddress::parse("module.m.provider.aws.peer").unwrap();
        assert_eq!(old.to_string(), "module.m.provider[\"registry.terraform.io/-/aws\"].peer");
        for text in
            ["", "foo", "provider", "provider[\"", "provider[\"\"]", "provider[\"a\"]x", "module.a", "provider.a."]
        {
            assert!(ProviderConfigAddress::parse(text).is_none(), "{text}");
        }
    }
}
