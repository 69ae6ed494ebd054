//! Bytes as text that needs no quoting anywhere, with a checksum at the end.

use crate::sim::rng::mix;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Bytes of the checksum.
const CHECK: usize = 4;

/// Packs numbers and texts.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// A number, seven bits a byte, low ones first.
    pub fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }
    /// A text with its length.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
    /// The checksum, and all of it as text.
    pub fn finish(mut self) -> String {
        let check = checksum(&self.0);
        self.0.extend_from_slice(&check);
        let mut out = String::with_capacity(self.0.len() * 4 / 3 + 3);
        for group in self.0.chunks(3) {
            let bits =
                group.iter().fold(0u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - group.len()));
            for k in 0..=group.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * k) & 63) as usize]));
            }
        }
        out
    }
}

/// Unpacks them; every answer is `None` where the bytes end or make no sense.
pub(super) struct Reader {
    bytes: Vec<u8>,
    at: usize,
}

impl Reader {
    /// Checks the checksum.
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len() * 3 / 4 + 3);
        for group in text.as_bytes().chunks(4) {
            let mut bits = 0u32;
            for &c in group {
                bits = bits << 6 | value(c)?;
            }
            bits <<= 6 * (4 - group.len());
            if group.len() == 1 || bits << (8 * (group.len() - 1)) & 0xff_ffff != 0 {
                return None;
            }
            bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
        }
        let end = bytes.len().checked_sub(CHECK)?;
        if checksum(&bytes[..end]) != bytes[end..] {
            return None;
        }
        bytes.truncate(end);
        Some(Self { bytes, at: 0 })
    }
    pub fn number(&mut self) -> Option<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return None;
            }
            n |= part << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }
    /// A number of things that follow, each of at least one byte.
    pub fn count(&mut self, most: usize) -> Option<usize> {
        let n = usize::try_from(self.number()?).ok()?;
        (n <= most && n <= self.bytes.len() - self.at).then_some(n)
    }
    pub fn text(&mut self, longest: usize) -> Option<String> {
        let length = self.count(longest)?;
        let bytes = self.bytes.get(self.at..self.at + length)?;
        self.at += length;
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
    /// Everything was read.
    pub const fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }
}

fn value(c: u8) -> Option<u32> {
    Some(u32::from(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    }))
}

/// FNV-1a, mixed, of which the low bytes are kept.
fn checksum(bytes: &[u8]) -> [u8; CHECK] {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (mix(hash) as u32).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(parts in prop::collection::vec((any::<u64>(), ".{0,20}"), 0..20)) {
            let mut w = Writer::default();
            for (n, text) in &parts {
                w.number(*n);
                w.text(text);
            }
            let packed = w.finish();
            prop_assert!(packed.bytes().all(|c| value(c).is_some()));
            let mut r = Reader::new(&packed).unwrap();
            for (n, text) in &parts {
                prop_assert_eq!(r.number(), Some(*n));
                prop_assert_eq!(r.text(100), Some(text.clone()));
            }
            prop_assert!(r.is_empty() && r.number().is_none());
        }

        #[test]
        fn one_wrong_character_is_found(
            text in ".{0,40}", at in any::<prop::sample::Index>(), by in 1u32..64,
        ) {
            let mut w = Writer::default();
            w.text(&text);
            let mut packed = w.finish().into_bytes();
            let at = at.index(packed.len());
            packed[at] = ALPHABET[((value(packed[at]).unwrap() + by) % 64) as usize];
            prop_assert!(Reader::new(std::str::from_utf8(&packed).unwrap()).is_none());
        }
    }
}
