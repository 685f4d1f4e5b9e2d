"""Whether readings can be believed: QARTOD's way of flags, thresholds and reasons, for meters and sensors of water."""
