//! The simulation: the real rules on a fake world, with a virtual clock, random orders and every fault we could think of.
//!
//! One seed is one history. `world` is the outside with people in it, `process` an engine that only does what `domain`
//! says, `people` gives orders and makes mishaps, `story` writes a
//! history by hand, `gate` is asked at every step, `heard` is what people were told, `judge` says which promise a history broke.
#![allow(dead_code)]
pub mod chance;
pub mod gate;
pub mod heard;
pub mod history;
pub mod judge;
pub mod people;
pub mod process;
pub mod rules;
pub mod store;
pub mod story;
pub mod world;
