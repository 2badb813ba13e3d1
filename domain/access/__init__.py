"""Who acts in a workspace, and what they may see and do there."""
