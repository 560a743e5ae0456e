//! Whole numbers as JSON writes them: `5` and `5.0` are one (JSON Schema 2020-12, 6.1.1).
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// Up to here every whole number is a double of its own.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Reads a whole number that may be left out.
///
/// # Errors
/// It is none, or beyond what there is room for.
pub fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<Option<T>, D::Error> {
    from.deserialize_option(Whole(PhantomData))
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: TryFrom<u64>> Visitor<'de> for Whole<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number that fits")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<T>, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<T>, E> {
        T::try_from(number).map(Some).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<T>, E> {
        match number.fract() == 0.0 && (0.0..EXACT_MAX).contains(&number) {
            true => self.visit_u64(number as u64),
            false => Err(E::invalid_value(Unexpected::Float(number), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::params::NewUpdate;

    #[test]
    fn a_whole_number_may_have_a_point_and_no_other_may() {
        let read =
            |percent: &str| serde_json::from_str::<NewUpdate>(&format!(r#"{{"text": "t", "percent": {percent}}}"#));
        for (text, number) in [("5", Some(5)), ("5.0", Some(5)), ("0", Some(0)), ("-0.0", Some(0)), ("null", None)] {
            assert_eq!(read(text).expect(text).percent, number, "{text}");
        }
        for odd in ["5.5", "-1", "256", "1e300", "\"5\"", "true", "[]"] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
