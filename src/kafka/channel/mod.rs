//! A node as a client of others: connections, versions, requests in flight, timeouts, reconnects.
