//! A small validator of JSON Schema: the keywords that ours uses, and a panic at any other.

use regex::Regex;
use serde_json::{Map, Value};

/// What says nothing about validity.
const WORDS: [&str; 6] = ["$schema", "$defs", "title", "description", "default", "$comment"];

/// A schema and what it refers to.
pub struct Validator<'a>(pub &'a Value);

impl Validator<'_> {
    /// Every fault of a value, as `scene/0/id: not a string`.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(self.0, value, "", &mut faults);
        faults
    }
    fn holds(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults.is_empty()
    }
    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Value::Object(schema) = schema else {
            assert_eq!(*schema, Value::Bool(true), "a schema is an object or true");
            return;
        };
        for (keyword, asked) in schema {
            let fault = match keyword.as_str() {
                "$ref" => {
                    let pointer = asked.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self.0.pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere"));
                    self.check(target, value, at, faults);
                    false
                }
                "type" => !has_type(value, asked.as_str().unwrap()),
                "const" => !same(value, asked),
                "enum" => !asked.as_array().unwrap().iter().any(|one| same(value, one)),
                "not" => self.holds(asked, value),
                "anyOf" => !asked.as_array().unwrap().iter().any(|one| self.holds(one, value)),
                "oneOf" => asked.as_array().unwrap().iter().filter(|one| self.holds(one, value)).count() != 1,
                "allOf" => {
                    asked.as_array().unwrap().iter().for_each(|one| self.check(one, value, at, faults));
                    false
                }
                word if WORDS.contains(&word) => false,
                _ => match value {
                    Value::Object(table) => self.table(keyword, asked, table, schema, at, faults),
                    Value::Array(items) => self.list(keyword, asked, items, at, faults),
                    Value::String(text) => text_fault(keyword, asked, text),
                    Value::Number(n) => number_fault(keyword, asked, n.as_f64().unwrap()),
                    _ => false,
                },
            };
            if fault {
                faults.push(format!("{at}: {value} does not have {keyword} {asked}"));
            }
        }
    }

    fn table(
        &self,
        keyword: &str,
        asked: &Value,
        table: &Map<String, Value>,
        schema: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) -> bool {
        let size = table.len() as u64;
        let listed = |key: &String| schema.get("properties").is_some_and(|p| p.get(key).is_some());
        match keyword {
            "properties" => {
                for (key, inner) in asked.as_object().unwrap() {
                    if let Some(value) = table.get(key) {
                        self.check(inner, value, &format!("{at}/{key}"), faults);
                    }
                }
                false
            }
            "additionalProperties" => {
                let mut more = table.iter().filter(|(key, _)| !listed(key));
                if *asked == Value::Bool(false) {
                    return more.next().is_some();
                }
                more.for_each(|(key, value)| self.check(asked, value, &format!("{at}/{key}"), faults));
                false
            }
            "propertyNames" => table.keys().any(|key| !self.holds(asked, &Value::from(key.as_str()))),
            "required" => asked.as_array().unwrap().iter().any(|k| !table.contains_key(k.as_str().unwrap())),
            "dependentRequired" => asked.as_object().unwrap().iter().any(|(key, others)| {
                let absent = |other: &Value| !table.contains_key(other.as_str().unwrap());
                table.contains_key(key) && others.as_array().unwrap().iter().any(absent)
            }),
            "minProperties" => size < asked.as_u64().unwrap(),
            "maxProperties" => size > asked.as_u64().unwrap(),
            other => known_elsewhere(other),
        }
    }

    fn list(
        &self,
        keyword: &str,
        asked: &Value,
        items: &[Value],
        at: &str,
        faults: &mut Vec<String>,
    ) -> bool {
        let size = items.len() as u64;
        match keyword {
            "items" => {
                let each = items.iter().enumerate();
                each.for_each(|(i, item)| self.check(asked, item, &format!("{at}/{i}"), faults));
                false
            }
            "prefixItems" => {
                let each = asked.as_array().unwrap().iter().zip(items).enumerate();
                each.for_each(|(i, (one, item))| self.check(one, item, &format!("{at}/{i}"), faults));
                false
            }
            "minItems" => size < asked.as_u64().unwrap(),
            "maxItems" => size > asked.as_u64().unwrap(),
            other => known_elsewhere(other),
        }
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        other => panic!("the type {other} is not known here"),
    }
}

fn same(value: &Value, other: &Value) -> bool {
    value == other || value.as_f64().is_some_and(|n| other.as_f64() == Some(n))
}

fn text_fault(keyword: &str, asked: &Value, text: &str) -> bool {
    match keyword {
        "maxLength" => text.chars().count() as u64 > asked.as_u64().unwrap(),
        "pattern" => !Regex::new(asked.as_str().unwrap()).unwrap().is_match(text),
        other => known_elsewhere(other),
    }
}

fn number_fault(keyword: &str, asked: &Value, n: f64) -> bool {
    let bound = asked.as_f64();
    match keyword {
        "minimum" => bound.is_some_and(|least| n < least),
        "maximum" => bound.is_some_and(|most| n > most),
        "exclusiveMinimum" => bound.is_some_and(|least| n <= least),
        other => known_elsewhere(other),
    }
}

/// A keyword about values of another type says nothing about this one.
fn known_elsewhere(keyword: &str) -> bool {
    const ALL: [&str; 17] = [
        "properties",
        "additionalProperties",
        "propertyNames",
        "required",
        "dependentRequired",
        "minProperties",
        "maxProperties",
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ];
    assert!(ALL.contains(&keyword), "the keyword {keyword} is not known here");
    false
}
