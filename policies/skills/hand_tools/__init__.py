"""Skills of one kind of hand tool: clipping, after which it is no longer in the hand; cutting."""
