//! One integration binary.
#![allow(clippy::unwrap_used)] // a test that fails says where

mod app;
mod authors;
mod balancing;
mod chance;
mod course;
mod curve;
mod database;
mod diagram;
mod engine;
mod faults;
mod gallery;
mod gates;
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
mod narrator;
mod playthrough;
mod present;
mod progress;

mod properties;
mod pty;
mod queueing_theory;
mod replay;
mod rooms;
mod service;
mod settings;
mod stage;
mod stores;
mod theory;
mod tidy;
mod users;
mod validation;
