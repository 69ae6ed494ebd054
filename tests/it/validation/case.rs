//! The reference cases as the file has them.

use serde::Deserialize;

/// One case.
#[derive(Deserialize, Clone, Debug)]
pub struct Case {
    pub id: String,
    #[serde(default)]
    pub run: Option<Run>,
    pub expected: Vec<Expected>,
}

/// How long a run is.
#[derive(Deserialize, Clone, Copy, Default, Debug)]
pub struct Run {
    pub requests: Option<u64>,
    #[serde(default)]
    pub warmup_requests: u64,
    pub seconds: Option<f64>,
    /// Writes, each with a read of what it wrote.
    #[serde(alias = "write_read_pairs", alias = "read_after_write_pairs")]
    pub pairs: Option<u64>,
    #[serde(default = "one")]
    pub replications: u64,
}

const fn one() -> u64 {
    1
}

/// A metric with its reference value and tolerance, or with bounds.
#[derive(Deserialize, Clone, Debug)]
pub struct Expected {
    pub metric: String,
    #[serde(default)]
    pub at: String,
    pub value: Option<f64>,
    pub tol: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub se_run: Option<f64>,
}

impl Case {
    pub fn run(&self) -> Run {
        self.run.unwrap_or(Run { replications: 1, ..Run::default() })
    }
}

impl Expected {
    /// `sojourn_mean(rho=0.9)` is the metric `sojourn_mean` of the run `rho=0.9`.
    pub fn parts(&self) -> (&str, &str) {
        match self.metric.split_once('(') {
            Some((name, label)) => (name, label.trim_end_matches(')')),
            None => (&self.metric, ""),
        }
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Case>,
    }
    let file: File = serde_json::from_str(include_str!("../../theory/cases.json")).unwrap();
    file.cases
}
