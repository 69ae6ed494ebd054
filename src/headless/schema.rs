//! `schema`: the JSON Schema of level files.

use std::io::Write;

use super::Failure;
use crate::level::schema;

/// Prints the schema.
pub fn schema(out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, &schema::schema()).map_err(std::io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}
