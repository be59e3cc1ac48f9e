//! Two objects of a block of a schema as a difference.

use smol_str::SmolStr;

use super::compare::{Side, compare_any, compare_attributes, is_nil, merge_keys, pair_sets};
use super::{BlockContent, BlockDiff, BlockGroup, Context, Sensitivity, Shape, combine};
use crate::lang::Value;
use crate::plan::Action;
use crate::schema::{Block, NestedBlock, Nesting};

/// Objects of a block. None is one that doesn't exist.
pub fn compare_block(block: &Block, before: Option<&Value>, after: Option<&Value>, context: &Context) -> BlockDiff {
    let all_unknown = after.is_some_and(|v| !v.is_known());
    let attributes = compare_attributes(&block.attributes, before, after, context);
    let mut groups = Vec::with_capacity(block.blocks.len());
    for (kind, nested) in &block.blocks {
        let b = before.and_then(|v| v.get(kind));
        // Which blocks there will be in one that isn't known is left open.
        let a = after.and_then(|v| v.get(kind));
        let blocks = compare_blocks(nested, b, a, &context.attribute(kind));
        if !blocks.is_empty() {
            groups.push(BlockGroup { kind: kind.clone(), blocks });
        }
    }
    groups.sort_by(|a, b| a.kind.cmp(&b.kind));
    let own = match (is_nil(before), is_nil(after)) {
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        _ => Action::NoOp,
    };
    let nested = groups.iter().flat_map(|g| g.blocks.iter().map(|(_, b)| b.action));
    let action = combine(own, attributes.iter().map(|(_, d)| d.action).chain(nested));
    if action == Action::Update && own == Action::Create {
        let is_single =
            |kind: &str| block.blocks.get(kind).is_some_and(|b| matches!(b.nesting, Nesting::Single | Nesting::Group));
        let repeated = groups.iter_mut().filter(|g| !is_single(&g.kind));
        let unknown = repeated.flat_map(|g| &mut g.blocks).map(|(_, b)| b);
        let unknown = unknown.filter(|b| matches!(b.content, BlockContent::Unknown));
        unknown.for_each(|b| b.action = Action::Update);
    }
    let content = BlockContent::Body { attributes, groups, unknown: all_unknown };
    BlockDiff { action, replace: context.replaces(), content }
}

/// The marks of the whole, put on a part.
fn inherit(whole: Side, part: Side) -> Option<Value> {
    let part = part?;
    Some(part.clone().with_marks(whole.map(Value::marks).unwrap_or_default()))
}

fn compare_blocks(
    nested: &NestedBlock,
    before: Side,
    after: Side,
    context: &Context,
) -> Vec<(Option<SmolStr>, BlockDiff)> {
    let one = |b: Side, a: Side, below: Context| {
        let (b, a) = (inherit(before, b), inherit(after, a));
        let mut diff = compare_one(&nested.block, b.as_ref(), a.as_ref(), &below);
        diff.replace |= context.replaces();
        diff
    };
    let elements = |side: Side| side.and_then(Value::as_elements).unwrap_or_default().to_vec();
    let entries = |side: Side| side.and_then(Value::as_entries).unwrap_or_default().to_vec();
    let mut blocks = Vec::new();
    let single = matches!(nested.nesting, Nesting::Single | Nesting::Group);
    if !single && after.is_some_and(|v| !v.is_known()) {
        let action = if before.is_none() { Action::Create } else { Action::Update };
        let is_sensitive = |side: Side| side.is_some_and(Value::is_sensitive);
        let (was, will_be) = (is_sensitive(before), is_sensitive(after));
        let content = match was || will_be {
            true => BlockContent::Sensitive(Sensitivity { before: was, after: will_be, unchanged: false }),
            false => BlockContent::Unknown,
        };
        blocks.push((None, BlockDiff { action, replace: context.replaces(), content }));
    }
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            if is_nil(before) && after.is_some_and(|v| !v.is_known()) {
                let action = if before.is_none() { Action::Create } else { Action::NoOp };
                blocks.push((None, BlockDiff { action, replace: context.replaces(), content: BlockContent::Unknown }));
            } else if !is_nil(before) || !is_nil(after) {
                let (b, a) = (before.filter(|v| !v.is_null()), after.filter(|v| !v.is_null()));
                blocks.push((None, one(b, a, context.clone())));
            }
        }
        Nesting::List => {
            let (old, new) = (elements(before), elements(after));
            blocks.extend(
                (0..old.len().max(new.len())).map(|i| (None, one(old.get(i), new.get(i), context.index(i).in_list()))),
            );
        }
        Nesting::Set => {
            let (old, new) = (elements(before), elements(after));
            blocks.extend(
                pair_sets(&old, &new).into_iter().map(|(b, a)| (None, one(b, a, Context::default().in_list()))),
            );
        }
        Nesting::Map => {
            let (old, new) = (entries(before), entries(after));
            let merged = merge_keys(&old, &new);
            blocks.extend(merged.into_iter().map(|(k, b, a)| (Some(k.clone()), one(b, a, context.attribute(k)))));
        }
    }
    blocks
}

fn compare_one(block: &Block, before: Side, after: Side, context: &Context) -> BlockDiff {
    let is_sensitive = |side: Side| side.is_some_and(Value::is_sensitive);
    let (was, will_be) = (is_sensitive(before), is_sensitive(after));
    if !was && !will_be {
        return compare_block(block, before, after, context);
    }
    let (plain_before, plain_after) = (before.map(|v| v.unmark_deep().0), after.map(|v| v.unmark_deep().0));
    let mut diff = compare_block(block, plain_before.as_ref(), plain_after.as_ref(), context);
    let unchanged = diff.action == Action::NoOp;
    if unchanged && was != will_be {
        diff.action = Action::Update;
    }
    BlockDiff { content: BlockContent::Sensitive(Sensitivity { before: was, after: will_be, unchanged }), ..diff }
}

/// Objects without a schema: everything is an attribute.
pub fn undeclared(before: Option<&Value>, after: Option<&Value>) -> BlockDiff {
    let diff = compare_any(before, after);
    let attributes = match diff.shape {
        Shape::Object { attributes, .. } => attributes,
        _ => Vec::new(),
    };
    let content = BlockContent::Body { attributes, groups: Vec::new(), unknown: false };
    BlockDiff { action: diff.action, replace: false, content }
}
