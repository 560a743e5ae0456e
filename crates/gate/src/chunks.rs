//! A long list in shared pieces: a copy shares all of them, a change copies one.
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

/// How many values a piece has.
const PIECE: usize = 4_096;

/// Values by number.
#[derive(Clone, Debug)]
pub struct Chunks<T> {
    pieces: Vec<Arc<[T]>>,
    count: u32,
}

impl<T: Clone> Chunks<T> {
    pub const fn new() -> Chunks<T> {
        Chunks { pieces: Vec::new(), count: 0 }
    }

    /// How many there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The value of this number.
    pub fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        self.pieces.get(number / PIECE)?.get(number % PIECE)
    }

    /// Puts a value in its place.
    pub fn set(&mut self, number: u32, value: T) {
        let number = number as usize;
        if let Some(piece) = self.pieces.get_mut(number / PIECE) {
            Arc::make_mut(piece)[number % PIECE] = value;
        }
    }

    /// Adds a value, and gives its number.
    pub fn push(&mut self, value: T) -> u32 {
        let number = self.count;
        if number as usize == self.pieces.len() * PIECE {
            self.pieces.push(vec![value.clone(); PIECE].into());
        }
        self.set(number, value);
        self.count += 1;
        number
    }
}
