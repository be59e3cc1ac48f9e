//! temp
use std::io::{self, Write};
use crate::plan::Event;
use crate::views::plan::Layout;
pub fn write_event(e: &Event, _: Layout, out: &mut dyn Write) -> io::Result<()> { writeln!(out, "{} {:?}", e.address, e.kind) }
