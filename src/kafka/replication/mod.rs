//! A partition on a broker: leader, follower, high watermark, in-sync set.
