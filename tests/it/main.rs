//! One integration binary.
#![allow(clippy::unwrap_used)] // a test that fails says where

mod diagram;
mod engine;
mod golden;
mod headless;
mod hostile;
mod insight;
mod keys;
mod lesson;
mod level_file;
mod levels;
mod limits;
mod links;
mod properties;
mod pty;
mod queueing_theory;
mod replay;
mod service;
mod stores;
mod tidy;
