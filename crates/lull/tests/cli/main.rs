//! Every command against a real server, whose adapter stops and starts real processes.
mod demo;
mod ends;
mod refusals;
mod shop;
mod stop;
mod trouble;
mod verify;
mod world;
