//! The file as it is. Everything large is borrowed from the text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub version: Option<&'a RawValue>,
    pub terraform_version: Option<String>,
    pub serial: Option<u64>,
    pub lineage: Option<String>,
    #[serde(borrow)]
    pub outputs: Option<BTreeMap<String, Output<'a>>>,
    #[serde(borrow)]
    pub resources: Option<Vec<Resource<'a>>>,
    #[serde(borrow)]
    pub check_results: Option<Vec<Check<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Output<'a> {
    #[serde(borrow)]
    pub value: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub ty: Option<&'a RawValue>,
    pub sensitive: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub module: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub mode: Cow<'a, str>,
    #[serde(borrow, default, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub provider: Option<&'a RawValue>,
    #[serde(borrow)]
    pub instances: Option<Vec<Instance<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Instance<'a> {
    #[serde(borrow)]
    pub index_key: Option<&'a RawValue>,
    #[serde(borrow)]
    pub status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub deposed: Option<Cow<'a, str>>,
    pub schema_version: Option<u64>,
    #[serde(borrow)]
    pub attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub attributes_flat: Option<&'a RawValue>,
    #[serde(borrow)]
    pub sensitive_attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub private: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub dependencies: Option<&'a RawValue>,
    pub create_before_destroy: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Step<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub value: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Check<'a> {
    #[serde(borrow, default)]
    pub object_kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub config_addr: Cow<'a, str>,
    #[serde(borrow, default)]
    pub status: Cow<'a, str>,
    #[serde(borrow)]
    pub objects: Option<Vec<CheckedObject<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct CheckedObject<'a> {
    #[serde(borrow, default)]
    pub object_addr: Cow<'a, str>,
    #[serde(borrow, default)]
    pub status: Cow<'a, str>,
    pub failure_messages: Option<Vec<String>>,
}
