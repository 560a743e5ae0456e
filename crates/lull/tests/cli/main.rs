//! Every command against a real server, whose adapter stops and starts real processes.
mod contexts;
mod demo;
mod ends;
mod refusals;
mod replicas;
mod shop;
mod terminal;
mod trouble;
mod world;
