//! `infra providers`: which providers the modules of a configuration require, and the schemas of those providers.

use std::io;
use std::path::Path;

use clap::{ArgAction, Args, Subcommand};
use serde_json::{Map, Value as Json, json};

use crate::cli::Terminal;
use crate::cli::args::boolean;
use crate::config::load::load;
use crate::config::module::Mode;
use crate::config::provider_of;
use crate::providers;
use crate::views::json::write_line;
use crate::views::providers_tree::providers_tree;
use crate::views::schema_json;

/// Arguments of `providers`.
#[derive(Args, Clone, Debug)]
pub struct ProvidersArgs {
    /// About what, if not the tree of modules
    #[command(subcommand)]
    pub about: Option<About>,
}

/// What else there is about providers.
#[derive(Clone, Debug, Subcommand)]
pub enum About {
    /// Show schemas for the providers used in the configuration
    Schema(SchemaArgs),
}

/// Arguments of `providers schema`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct SchemaArgs {
    /// Must be given: the schemas are printed as JSON
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,
}

/// Prints the tree, or schemas. Gives the exit status: 1 if the configuration has errors.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &ProvidersArgs, terminal: &mut Terminal) -> io::Result<u8> {
    if matches!(&args.about, Some(About::Schema(schema)) if !schema.json) {
        return terminal.fail("The `infra providers schema` command requires the `-json` flag.");
    }
    let loaded = load(Path::new("."));
    terminal.show(&loaded.sources, &loaded.diagnostics)?;
    let Some(tree) = loaded.tree.filter(|_| !loaded.diagnostics.has_errors()) else { return Ok(1) };
    if args.about.is_none() {
        return terminal.out.write_all(providers_tree(&tree).as_bytes()).map(|()| 0);
    }
    let required = provider_of::required(&tree);
    let schemas = required.keys().filter_map(|provider| Some((provider.clone(), schemas(provider)?)));
    write_line(
        &json!({ "format_version": "1.0", "provider_schemas": Json::Object(schemas.collect()) }),
        &mut terminal.out,
    )?;
    writeln!(terminal.out)?;
    Ok(0)
}

/// All schemas of a provider, if it is here.
fn schemas(provider: &str) -> Option<Json> {
    let of = |mode| {
        let mut kinds = providers::kinds(provider, mode);
        kinds.sort_unstable();
        let schema =
            |kind: &&str| Some(((*kind).to_string(), schema_json::schema(providers::resource_schema(mode, kind)?)));
        Json::Object(kinds.iter().filter_map(schema).collect::<Map<_, _>>())
    };
    Some(json!({
        "provider": schema_json::schema(providers::provider_schema(provider)?),
        "resource_schemas": of(Mode::Managed),
        "data_source_schemas": of(Mode::Data),
    }))
}
