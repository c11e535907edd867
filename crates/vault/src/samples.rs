//! About forty sample secrets to look around with. Every value says that it is fake.
