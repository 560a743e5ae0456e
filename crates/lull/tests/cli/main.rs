//! Every command against a real server, whose adapter stops and starts real processes.
mod calendars;
mod clocks;
mod contexts;
mod demo;
mod ends;
mod gate;
mod lists;
mod refusals;
mod replicas;
mod series;
mod shop;
mod slots;
mod stop;
mod terminal;
mod trouble;
mod verify;
mod world;
