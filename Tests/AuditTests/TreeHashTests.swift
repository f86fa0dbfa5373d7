import Audit
import Testing

@Suite struct TreeHashTests {}
