Feature: Emit Task
  As a user of the workflow DSL
  I want to send events from a workflow
  So that other workflows and systems can react to them

  Scenario: An event has what it needs beside what is given
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: shop, name: sender, version: '2.1.0'}
    do:
      - tell:
          emit:
            event:
              with:
                type: order.placed
                subject: ${ .order }
                data: {amount: '${ .amount }', tags: [new, '${ .order }']}
                channel: web
    """
    And given the workflow input is:
    """yaml
    {order: A-1, amount: 12}
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'time', 'specversion'
    And the workflow output should have a 'source' property with value:
    """yaml
    /shop/sender/2.1.0
    """
    And the workflow output should have a 'subject' property with value:
    """yaml
    A-1
    """
    And the workflow output should have a 'channel' property with value:
    """yaml
    web
    """
    And the workflow output should have a 'data' property with value:
    """yaml
    {amount: 12, tags: [new, A-1]}
    """

  Scenario: What the author gives takes precedence
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: shop, name: sender, version: '2.1.0'}
    do:
      - tell:
          emit:
            event:
              with:
                id: ${ "order-" + .order }
                source: https://shop.example.com
                type: order.placed
                time: '2026-05-14T14:02:00Z'
          output: {as: '{id, source, time}'}
    """
    And given the workflow input is:
    """yaml
    {order: A-1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {id: order-A-1, source: 'https://shop.example.com', time: '2026-05-14T14:02:00Z'}
    """

  Scenario: What is no event faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: shop, name: sender, version: '2.1.0'}
    do:
      - tell:
          emit:
            event:
              with: {type: order.placed, subject: '${ .order }'}
    """
    And given the workflow input is:
    """yaml
    {order: {}}
    """
    When the workflow is executed
    Then the workflow should fault

  Scenario: A workflow hears its own event
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: shop, name: both, version: '1.0.0'}
    do:
      - tell: {emit: {event: {with: {type: echo, data: '${ .word }'}}}}
      - hear: {listen: {to: {one: {with: {type: echo}}}}}
    """
    And given the workflow input is:
    """yaml
    {word: hello}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [hello]
    """
    And hear should run last
