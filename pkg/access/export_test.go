package access

// Names returns how many names the limiter remembers.
func Names(l *Limiter) int { return len(l.buckets) }
