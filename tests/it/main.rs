//! One integration binary.
#![allow(clippy::unwrap_used)] // a test that fails says where

mod chance;
mod diagram;
mod engine;
mod headless;
mod hostile;
mod keys;
mod lesson;
mod level_file;
mod levels;
mod links;
mod pty;
mod queueing_theory;
mod replay;
mod service;
mod theory;
mod tidy;
mod validation;
