//! Names, ARNs and console URLs of secrets.
