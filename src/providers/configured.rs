//! A provider with its configuration.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{Provider, ProviderConfigAddress};
use crate::lang::Value;
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// The providers of a root module in a command: whoever evaluates a configuration to the same value gets the same one.
#[derive(Default)]
pub struct Pool {
    folder: PathBuf,
    made: Mutex<HashMap<ProviderConfigAddress, (Value, Arc<Configured>)>>,
}

impl Pool {
    /// For the root module in a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Pool { folder: folder.to_owned(), ..Pool::default() }
    }

    /// The folder of the root module, from where paths begin.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The provider that was made from this configuration, if there is one.
    #[must_use]
    pub fn get(&self, address: &ProviderConfigAddress, config: &Value) -> Option<Arc<Configured>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(address).filter(|(value, _)| value == config).map(|(_, provider)| Arc::clone(provider))
    }

    /// Keeps one that was just made.
    pub fn put(&self, config: Value, provider: Arc<Configured>) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(provider.address.clone(), (config, provider));
    }

    /// Those that have connected, in order.
    #[must_use]
    pub fn connected(&self) -> Vec<Arc<Configured>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ready = |provider: &&Arc<Configured>| provider.is_ready.get() == Some(&true);
        let mut connected: Vec<_> = made.values().map(|(_, provider)| provider).filter(is_ready).cloned().collect();
        connected.sort_by(|a, b| a.address.cmp(&b.address));
        connected
    }
}

/// A provider that was made from a configuration, and connects before it is first used.
pub struct Configured {
    address: ProviderConfigAddress,
    provider: Arc<dyn Provider>,
    /// The header of the `provider` block, if there is one.
    place: Option<Span>,
    is_ready: OnceCell<bool>,
}

impl Configured {
    /// A provider that has not connected yet.
    #[must_use]
    pub fn new(address: ProviderConfigAddress, provider: Arc<dyn Provider>, place: Option<Span>) -> Self {
        Configured { address, provider, place, is_ready: OnceCell::new() }
    }

    /// Connects, if nobody has done so yet. Whether it can be used; what there is to say of that is said once, to
    /// whoever asks first.
    pub async fn ready(&self) -> (bool, Diagnostics) {
        let mut problems = Diagnostics::new();
        let told = &mut problems;
        let connect = || async move {
            let address = self.address.to_string();
            let given = self.provider.ready().await;
            *told = given.into_iter().map(|d| located(d, self.place, &address)).collect();
            !told.has_errors()
        };
        let is_ready = *self.is_ready.get_or_init(connect).await;
        (is_ready, problems)
    }
}

impl Deref for Configured {
    type Target = dyn Provider;

    fn deref(&self) -> &Self::Target {
        &*self.provider
    }
}

/// A diagnostic about a configuration, with its address and at least the place of its block.
fn located(d: Diagnostic, place: Option<Span>, address: &str) -> Diagnostic {
    Diagnostic { subject: d.subject.or(place), address: d.address.or_else(|| Some(address.to_owned())), ..d }
}
