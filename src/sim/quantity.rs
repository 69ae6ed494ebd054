//! Quantities with units as people write them: `40ms`, `400/s`, `16GB`, `$65/month`, `12%`.

use super::time::Time;

/// A number with its unit, read from text. Base units: seconds, per second, fraction, bytes, USD a month.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Quantity {
    /// A bare number.
    Number(f64),
    /// Seconds.
    Time(f64),
    /// Per second.
    Rate(f64),
    /// A fraction; `12%` is 0.12.
    Share(f64),
    /// Bytes.
    Bytes(f64),
    /// US dollars a month.
    Money(f64),
}

impl Quantity {
    /// Reads a quantity; `None` where the text is not one. Values must be finite.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('$') {
            let (amount, per) = rest.split_once('/').unwrap_or((rest, "month"));
            let amount = number(amount.trim())?;
            return match per.trim() {
                "month" => Some(Self::Money(amount)),
                "h" | "hour" => Some(Self::Money(amount * HOURS_PER_MONTH)),
                _ => None,
            };
        }
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_')))
            .unwrap_or(text.len());
        let value = number(&text[..end])?;
        Some(match text[end..].trim() {
            "" => Self::Number(value),
            "ns" => Self::Time(value * 1e-9),
            "us" | "µs" => Self::Time(value * 1e-6),
            "ms" => Self::Time(value * 1e-3),
            "s" => Self::Time(value),
            "m" | "min" => Self::Time(value * 60.0),
            "h" => Self::Time(value * 3600.0),
            "d" => Self::Time(value * 86_400.0),
            "/s" => Self::Rate(value),
            "/min" | "/m" => Self::Rate(value / 60.0),
            "/h" => Self::Rate(value / 3600.0),
            "/d" => Self::Rate(value / 86_400.0),
            "%" => Self::Share(value / 100.0),
            "B" => Self::Bytes(value),
            "KB" => Self::Bytes(value * 1e3),
            "MB" => Self::Bytes(value * 1e6),
            "GB" => Self::Bytes(value * 1e9),
            _ => return None,
        })
    }
    /// The value in its base unit.
    pub const fn value(self) -> f64 {
        match self {
            Self::Number(v)
            | Self::Time(v)
            | Self::Rate(v)
            | Self::Share(v)
            | Self::Bytes(v)
            | Self::Money(v) => v,
        }
    }
}

/// Hours in the month that prices are quoted for.
pub const HOURS_PER_MONTH: f64 = 730.0;

fn number(text: &str) -> Option<f64> {
    let value: f64 = text.replace('_', "").parse().ok()?;
    value.is_finite().then_some(value)
}

/// A time for people: three significant digits at most, unit attached.
pub fn show_time(t: Time) -> String {
    let ns = t.ns();
    match ns {
        u64::MAX => "never".into(),
        0 => "0ms".into(),
        1..1_000_000 => format!("{}us", ns.div_ceil(1000)),
        1_000_000..10_000_000 => trim(ns as f64 / 1e6, 1, "ms"),
        10_000_000..1_000_000_000 => format!("{:.0}ms", (ns as f64 / 1e6).min(999.0)),
        1_000_000_000..10_000_000_000 => trim(ns as f64 / 1e9, 2, "s"),
        10_000_000_000..120_000_000_000 => trim(ns as f64 / 1e9, 1, "s"),
        _ => {
            let s = ns / 1_000_000_000;
            if s < 7200 {
                format!("{}m{:02}s", s / 60, s % 60)
            } else {
                format!("{}h{:02}m", s / 3600, s / 60 % 60)
            }
        }
    }
}

/// A rate for people: `3.2/s`, `400/s`, `12.5k/s`.
pub fn show_rate(per_s: f64) -> String {
    if per_s >= 10_000.0 {
        trim(per_s / 1000.0, 1, "k/s")
    } else if per_s >= 10.0 || per_s == 0.0 {
        format!("{per_s:.0}/s")
    } else {
        trim(per_s, 1, "/s")
    }
}

/// A share for people: more digits near 100 %, where the nines are.
pub fn show_share(share: f64) -> String {
    let p = share * 100.0;
    if p > 99.0 && p < 99.9 {
        trim((p * 10.0).floor() / 10.0, 1, "%")
    } else if (99.9..100.0).contains(&p) {
        trim((p * 1000.0).floor() / 1000.0, 3, "%")
    } else if p > 0.0 && p < 10.0 || p > 95.0 && p <= 99.0 {
        trim(p, 1, "%")
    } else {
        format!("{p:.0}%")
    }
}

/// Bytes for people: `512MB`, `1.5GB`.
pub fn show_bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes}B"),
        1_000..1_000_000 => trim(bytes as f64 / 1e3, 1, "KB"),
        1_000_000..1_000_000_000 => trim(bytes as f64 / 1e6, 1, "MB"),
        _ => trim(bytes as f64 / 1e9, 1, "GB"),
    }
}

fn trim(value: f64, digits: usize, unit: &str) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Quantity>) {
        assert_eq!(Quantity::parse(text), expected, "{text}");
    }

    #[test]
    fn units_are_read() {
        check("40ms", Some(Quantity::Time(0.04)));
        check("2s", Some(Quantity::Time(2.0)));
        check("5m", Some(Quantity::Time(300.0)));
        check("400/s", Some(Quantity::Rate(400.0)));
        check("16GB", Some(Quantity::Bytes(16e9)));
        check("$65/month", Some(Quantity::Money(65.0)));
        check("12%", Some(Quantity::Share(0.12)));
        check("7", Some(Quantity::Number(7.0)));
        check("7 parsecs", None);
        check("1e400ms", None);
    }

    #[test]
    fn numbers_are_shown_short_and_with_a_unit() {
        assert_eq!(show_time(Time::from_ms(40)), "40ms");
        assert_eq!(show_time(Time(1_500_000)), "1.5ms");
        assert_eq!(show_time(Time::from_secs(125)), "2m05s");
        assert_eq!(show_rate(12_500.0), "12.5k/s");
        assert_eq!(show_share(0.99952), "99.952%");
        assert_eq!(show_share(0.999_999_9), "99.999%");
    }
}
